"""Published definitions of worsening, of its attribution to relapses and of no evidence of disease activity (NEDA).

A week is seven days here: 12 and 24 weeks are 84 and 168 days, which trials with visits every 12 weeks count in.
"""

from __future__ import annotations

from dataclasses import replace

from smoulder.outcomes.rules.worsening import (
    EDSS,
    AttributionRule,
    Confirmation,
    Distances,
    Interval,
    NedaRule,
    Reference,
    ShareThreshold,
    SilentRule,
    StepThreshold,
    WorseningRule,
)

__all__ = [
    "CDW_12W",
    "CDW_24W",
    "EDSS_ONE_POINT_TO_5_5",
    "EDSS_STEP_TO_5_0",
    "EDSS_STEP_TO_5_5",
    "NEDA_3",
    "NEDA_4",
    "PIRA_CAGOL_2022",
    "PIRA_KAPPOS_2020",
    "PIRA_LOOSEST",
    "PIRA_LUBLIN_2022",
    "PIRA_MULLER_2023",
    "PIRA_MULLER_2025",
    "PIRA_STRICT",
    "SHARE_20",
    "SHARE_20_OR_4",
    "SILENT_91D",
]

EDSS_STEP_TO_5_0 = StepThreshold(
    "1.5 from 0, 1.0 up to 5.0, 0.5 from 5.5",
    "the default of msprog (Montobbio et al, Mult Scler 30:1185, 2024, doi 10.1177/13524585241243157)",
    at_zero=1.5,
    low=1.0,
    high=0.5,
    turn=5.0,
)

EDSS_STEP_TO_5_5 = StepThreshold(
    "1.5 from 0, 1.0 up to 5.5, 0.5 from 6.0",
    "half a point only from EDSS 6.0, as in MSoutcomes and Lorscheider et al, Brain 139:2395, 2016",
    at_zero=1.5,
    low=1.0,
    high=0.5,
    turn=5.5,
)

EDSS_ONE_POINT_TO_5_5 = StepThreshold(
    "1.0 up to 5.5 also from 0, 0.5 from 6.0",
    "the ocrelizumab trials: ORATORIO as its abstract in J Neurol Neurosurg Psychiatry 88:e1.85, 2017, has it (read; "
    "Montalban et al, N Engl J Med 376:209, 2017); that OPERA (Hauser et al, 376:221) counts 1.0 from 0 is recalled",
    at_zero=1.0,
    low=1.0,
    high=0.5,
    turn=5.5,
)

SHARE_20 = ShareThreshold(
    "20 per cent of the reference",
    "timed walk and peg test in composite worsening: Kappos et al, JAMA Neurol 77:1132, 2020",
    share=0.2,
    most=float("inf"),
)

SHARE_20_OR_4 = ShareThreshold(
    "4 points, or 20 per cent of the reference if less",
    "symbol digit test, the default of msprog (Montobbio et al, Mult Scler 30:1185, 2024)",
    share=0.2,
    most=4.0,
)

CDW_12W = WorseningRule(
    "CDW, 12 weeks",
    "time to disability worsening confirmed at 12 weeks, as in trials of relapsing and progressive MS; distances to "
    "relapses and seven days' tolerance as in msprog (Montobbio et al, Mult Scler 30:1185, 2024)",
    scale=EDSS,
    threshold=EDSS_STEP_TO_5_0,
    reference=Reference(moves_on_improvement=False, moves_on_worsening=False, at_onset=False),
    confirmation=Confirmation(days=84, early=7, late=None, every_visit=True, sustained=0, unconfirmed="never"),
    relapses=Distances(reference=(30, 0), event=(0, 0), confirmation=(30, 0)),
)

CDW_24W = replace(
    CDW_12W,
    name="CDW, 24 weeks",
    source=CDW_12W.source.replace("12 weeks", "24 weeks"),
    confirmation=replace(CDW_12W.confirmation, days=168),
)

PIRA_MULLER_2023 = AttributionRule(
    "PIRA and RAW, harmonised",
    "Müller et al, JAMA Neurol 80:1232, 2023 (doi 10.1001/jamaneurol.2023.3331): PIRA without a relapse from 90 days "
    "before to 30 days after both the event and its confirmation; RAW within 90 days after a relapse. Windows as "
    "msprog documents them",
    raw=(90, 0),
    free=(Interval("event", 90, "event", 30), Interval("confirmation", 90, "confirmation", 30)),
)

PIRA_KAPPOS_2020 = AttributionRule(
    "PIRA and RAW, as in OPERA",
    "Kappos et al, JAMA Neurol 77:1132, 2020 (doi 10.1001/jamaneurol.2020.1568): PIRA without a relapse from the "
    "reference to 30 days after the event, nor within 30 days of the confirmation; RAW within 90 days after a relapse. "
    "There the reference starts afresh after each relapse and is never lowered, which is no part of this rule but of "
    "the definition of this name. Windows as msprog documents them",
    raw=(90, 0),
    free=(Interval("reference", 0, "event", 30), Interval("confirmation", 30, "confirmation", 30)),
)

PIRA_STRICT = AttributionRule(
    "PIRA without any relapse from reference to confirmation",
    "Müller et al, JAMA Neurol 80:1232, 2023 (doi 10.1001/jamaneurol.2023.3331), where high specificity is wanted",
    raw=(90, 0),
    free=(Interval("reference", 0, "confirmation", 0),),
)

PIRA_CAGOL_2022 = AttributionRule(
    "PIRA and RAW, 90 days before to confirmation",
    "Cagol et al, JAMA Neurol 79:682, 2022 (doi 10.1001/jamaneurol.2022.1025): PIRA without a relapse from 90 days "
    "before the event to its confirmation, as msprog documents it (abstract read, which does not say more); RAW within "
    "90 days, and the confirmation at 24 weeks, are recalled",
    raw=(90, 0),
    free=(Interval("event", 90, "confirmation", 0),),
)

PIRA_LUBLIN_2022 = AttributionRule(
    "PIRA and RAW, 90 days after a relapse",
    "Lublin et al, Brain 145:3147, 2022 (PMC9536294, abstract read; pages and doi 10.1093/brain/awac016 recalled): "
    "PIRA at least 90 days from a relapse, as the European Academy of Neurology sums it up; a roving reference and 24 "
    "weeks are recalled, not read",
    raw=(90, 0),
    free=(Interval("event", 90, "event", 0),),
)

PIRA_MULLER_2025 = AttributionRule(
    "PIRA without a relapse since the last visit",
    "Müller et al, JAMA Neurol 82:614, 2025 (doi 10.1001/jamaneurol.2025.0495, abstract read): worsening from a "
    "reference reset after each PIRA, relapse and improvement, without a relapse since the last visit, above the "
    "threshold for 12 months at visits without a relapse in the 30 days before. RAW is not defined there; here it is a "
    "relapse on the day",
    raw=(0, 0),
    free=(Interval("last", 0, "event", 0),),
)

PIRA_LOOSEST = AttributionRule(
    "PIRA without a relapse since the last visit, 6 months",
    "the extremes of the criteria whose 360 combinations Müller et al, JAMA Neurol 82:614, 2025 (doi "
    "10.1001/jamaneurol.2025.0495, abstract read) compare: 6 months and a reference that is reset, against 24 months, "
    "one reset after worsening alone and no relapse from reference to confirmation",
    raw=(0, 0),
    free=(Interval("last", 0, "event", 0),),
)

NEDA_3 = NedaRule(
    "NEDA-3, 24 weeks",
    "Giovannoni et al, Mult Scler Relat Disord 4:329, 2015: no relapse, no confirmed worsening, no new, enlarging or "
    "enhancing lesion; the slack of three months at the ends of the window is ours",
    worsening=CDW_24W,
    slack_days=91,
)

NEDA_4 = NedaRule(
    "NEDA-4, 24 weeks",
    "NEDA-3 and at most 0.4 per cent of brain volume lost a year: Kappos et al, Mult Scler 22:1297, 2016 (recalled); "
    "the bound as in CNS Drugs 32:75, 2018 (doi 10.1007/s40263-017-0482-4) and Front Neurol 10:788, 2019 (doi "
    "10.3389/fneur.2019.00788), abstracts read",
    worsening=CDW_24W,
    slack_days=91,
    brain_loss=0.4,
)

SILENT_91D = SilentRule(
    "without new lesions from reference to confirmation",
    "progression independent of relapse and MRI activity: no new lesion either, Neurology 103:e209444, 2024 (doi "
    "10.1212/WNL.0000000000209444, abstract read); the time looked at and the slack of three months are ours",
    slack_days=91,
)
