"""Magnetic resonance imaging: which lesions a scanner shows, brain and cord volumes, and the table of scans."""
