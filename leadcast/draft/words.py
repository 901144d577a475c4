"""What names of columns, tables and stages tend to mean, in the words of the usual CRMs."""

import re

COLUMN_WORDS: dict[str, tuple[str, ...]] = {
    "created_at": (
        r"creat(ed|e|ion)(at|on|date|time|datetime|timestamp)?(utc)?|date(created|added)|createdatetime",
        r"(regist(ered|ration)|firstcontact|firstseen|opened|open|added|submitted|submission|signup|signedup|received|"
        r"enquiry|inquiry|application|lead)(at|on|date|time|datetime)?",
        r"(engage|engaged|start|started|begin|begun|entered|entry|acquired|captured)(at|on|date|time)?",
        r"date|timestamp|time|when|at|datetime|angelegt(am)?|erstellt(am)?|eingang|anfragedatum"),
    "occurred_at": (
        r"(occurred|happened|started|start|activity|event|sent|visit(ed)?|call|session|meeting|click(ed)?|submitted|viewed|"
        r"open(ed)?|begin|completed|received|due)(at|on|date|time|datetime|timestamp|ms|start)?(utc)?",
        r"date|timestamp|time|when|at|datetime|ts|datum|zeit(punkt)?",
        r"creat(ed|e|ion)(at|on|date|time|datetime|timestamp)?(utc)?|datecreated"),
    "recorded_at": (r"(recorded|logged|synced|inserted|ingested|written|loaded|imported)(at|on|date|time)?",),
    "changed_at": (
        r"(changed|change|modified|entered|moved|updated|transition(ed)?|(stage|status)(entered|changed?)?)"
        r"(at|on|date|time|datetime|timestamp)?", r"(valid)?from|since|validfrom",
        r"date|timestamp|time|when|at|datetime|datum|zeit(punkt)?", r"creat(ed|e|ion)(at|on|date|time)?"),
    "owner": (r"(contact|lead|deal|opportunity|account|record|company|hubspot)?owner(id|name)?|ownerfullname",
              r"assigned(to|user|userid|rep)?|sales(agent|rep|person|man|user)(id|name)?|rep(id|name)?|agent(id|name)?|"
              r"account(executive|manager)|seller(id)?|responsible|handledby|closer|user(id)?|resource|betreuer|"
              r"verantwortlich(er)?"),
    "source": (r"(lead|original|deal|opportunity|first)?(traffic)?source", r"utmsource|leadorigin|origin|sourceid",
               r"(traffic|acquisition|marketing|hsanalytics)?(source|channel)(type|name)?|medium|referrer|kanal|quelle|herkunft"),
    "amount": (r"amountincompanycurrency|amountconverted|amountbase",
               r"(deal|opportunity|opp|contract|order|quote|offer)?(amount|value|total)(eur|usd|gbp|chf)?",
               r"amount.*|(est|estimated|expected|planned)(revenue|value|amount)",
               r"(close)?(revenue|value)|acv|tcv|arr|mrr|(total)?price|grandtotal|dealsize|size|volume|betrag|auftragswert|"
               r"umsatz|wert|actual(revenue|value)"),
    "margin": (r"(gross|deal|contribution)?margin(amount|value|eur|usd)?|grossprofit|profit",),
    "currency": (r".*currency(iso)?(code|id|name)?|currencyof.*|curr|ccy",),
    "expected_close": (r"(expected|estimated|est|planned|forecast(ed)?|target|anticipated|projected)"
                       r"(close|closing|closed|end|decision|signing)(date|on|at)?|(date)?deadline",),
    "close_date": (r"(deal|opportunity)?clos(e|ed|ing)(on|at)?(date|time)?(on|at)?|dateclosed|enddate",),
    "actual_close": (r"actual(close|closed|end|closing)(date|on|at)?",),
    "category": (r"(manager)?forecast(category|type)?(name)?",),
    "stage": (r"(deal|lead|opportunity|opp|sales|pipeline|funnel|current)?stage(name|label|id)?|(life)?cyclestage",
              r"(lead|deal|opportunity|contact|prospect|application)?status(reason)?", r"(pipeline|sales)?phase|state(code)?"),
    "stage_date": (r".*(stage|status|phase).*(date|time|since|entered|at|on|changed?)|datestage.*|datelaststageupdate",),
    "outcome": (r"(is|has)?(converted|won|closedwon|purchased|bought|subscribed)|outcome|(lead|deal|final)?result|conversion|"
                r"target|label|wonlost|y|deposit|response|responded|ergebnis",
                r"(is|has|was)?(becomes?|became)?(an?)?(paying)?(customer|client|kunde)|(is|has|was)?(signed|ordered|enrolled|"
                r"booked|sold)(up)?|gekauft|gewonnen|abgeschlossen"),
    "type": (r"(event|activity|touch|interaction|engagement|task|message|communication)(type|kind|name|subtype)|conceptname",
             r"type|activity|event|kind|tasksubtype", r"action|channel|category|subject|medium|what"),
    "channel": (r"channel|medium", r"kind|type|category|eventtype|activitytype"),
    "action": (r"action|subtype|verb", r"event|activity|eventname"),
    "lifecycle": (r"lifecycle(transition)?|transition",),
    "case": (r"(case|lead|deal|ticket|opportunity|application|process|customer|contact|trace)(id|no|number|key|conceptname)?|"
             r"caseconceptname|id", r"(kunde|kunden|client|visitor|user|account)(id|nr|no|number)?"),
    "sequence": (r".*(sequence|seqno|eventseq|eventno)|seq|position|step|stepno|ordinal",),
    "direction": (r"(call|email|message)?direction|inout|(is)?inbound|(is)?outbound|incoming|from(us|them)",),
    "actor": (r"resource|actor|(user|agent|owner|employee|rep)(id|name)?|.*owner|(created|performed|done|logged|sent)by(id)?|"
              r"by|author|sales(agent|rep)",),
    "field": (r"(changed)?(field|property|attribute|column)(name|label|event)?",),
    "old": (r"(old|previous|prev|before|prior)(value|stage|status)?(name|char|text)?", r"from(stage|status|value)?(name)?"),
    "new": (r"(new|after)(value|stage|status)?(name|char|text)?", r"to(stage|status|value)?(name)?|value"),
    "reason": (r".*reason(s|name|id)?|why.*|.*grund",),
    "pipeline": (r"(deal|sales|lead|opportunity)?pipeline(name|label|id)?|salesprocess",),
    "manager": (r".*manager(id|name)?|reportsto|boss|supervisor|teamlead",),
    "region": (r".*(region|territory|office|area|market|country|businessunit)(name|id)?", r"team"),
    "name": (r"(full|display|user|owner|rep|agent|sales(rep|agent))?name",),
    "period": (r"(fiscal)?(period|quarter|month|year)(start|name)?|startdate|date|from",),
    "target": (r"(sales)?(quota|target|goal|budget|amount|value)(amount|value|eur|usd)?", r".*(quota|target|goal).*"),
    "rate": (r".*rate|.*per.*|factor|multiplier|conversion.*",),
    "valid_from": (r"(valid|effective|since|from|start|asof|date|day|month|hire).*",),
    "record_kind": (r"(object|entity|record|parent|related|res)(type|name|model)?|table(name)?|model",),
    "quantity": (r"(page|click|view|visit)s?(count|viewed|views)?|pageviews|.*(minutes|mins|seconds|duration).*", r"value|score"),
    "primary": (r"(is)?(primary|main|default).*",),
    "active": (r"(is)?active",),
    "record_type": (r"(record)?type",),
}
"""Per meaning, patterns for a squashed column name; an earlier pattern is a better match."""

TABLE_WORDS = {
    "quotas": r"quotas?|targets?|goals?",
    "rates": r"rates?|fx|exchange|currenc(y|ies)",
    "owners": r"owners?|users?|agents?|reps?|teams?|staff|employees?|salespe(ople|rsons?)|hierarchy",
    "products": r"products?|prices?|pricebook|catalog(ue)?|items?",
    "opportunities": r"deals?|opportunit(y|ies)|opp(s|ty|tys)?|pipeline|quotes?|offers?",
    "leads": r"leads?|prospects?|enquir(y|ies)|inquir(y|ies)|signups?|applicants?|applications?|cases?|mqls?",
    "contacts": r"contacts?|persons?|people",
    "accounts": r"accounts?|compan(y|ies)|organi[sz]ations?|clients?|customers?|kunden?|firmen",
}
EVENT_WORDS = (
    r"sessions?|visits?|touch(es|points)?|events?|activit(y|ies)|calls?|e?mails?|meetings?|tasks?|clicks?|logs?|pageviews?|"
    r"views?|engagements?|interactions?|messages?|demos?|notes?|appointments?|submissions?|downloads?|chats?|web|sms"
)
HISTORY_WORDS = r"histor(y|ies)|verlauf|changes?|audits?|tracking|transitions?|changelog"
PERSONAL = (
    r"e_?mails?|phones?|mobile|fax|telephone|cell|(first|last|full|middle|given|family|sur|contact|lead|person|customer)_?name|"
    r"(?<!.)name(?!.)|(deal|opportunity|opp|company|account|organi[sz]ation|business)_name|"
    r"company(?!_(size|type|sector|segment|tier|revenue|country|region))|salutation|address|street|zip|postal|postcode|url|website|linkedin|twitter|ip|birth\w*|dob|descriptions?|comments?|"
    r"notes?|message|subject|topic|next_?step|checksum|(contact_)?person(?!.)|(potential_)?customer(?!.)|organi[sz]ation(?!.)|"
    r"gclid|fbclid|cookie|latitude|longitude"
)
"""Words in names of columns that tell who somebody is, or hold free text: nothing to learn from, and not ours to keep."""

LATE = (
    r"lost|loss|reason|closed?|close_?date|closing|outcome|result|converted|conversion|won|tags?|quality|profile|last|score|scoring|\w*status|"
    r"\w*stage|state|disposition|notable|probability|forecast|rating|grade|fiscal|modified|updated|expected|actual|became|index|"
    r"next|recent|age|days|active|archived|grund|\w*grund|ergebnis"
)
"""Words in names of columns that tell the outcome, a judgement made on the way, or the day of the export."""

ENGAGEMENT = (
    r"visits?|views?|clicks?|opens?|time_spent|sessions?|pages?|activit\w*|engag\w*|touch\w*|times_contacted|newsletter|"
    r"requests?|downloads?|form\w*|replies|replied|do_not_\w*|opt\w*"
)
_STAGES = {
    "lost": r"lost|loss|declin\w*|reject\w*|cancel\w*|disqual\w*|unqualif\w*|not_(converted|qualified|won|interested)|dead|junk|"
            r"spam|churn\w*|withdr\w*|cannot_contact|no_longer\w*|no_(deal|sale|decision)|abandon\w*|expired|"
            r"failed|bad_(lead|fit|timing)|closedlost|refused|verloren|perdu|perdid[oa]|abgesagt|kein_interesse",
    "won": r"won|approved|converted|closedwon|signed|success\w*|customer|evangelist|purchased|enrolled|renewed|sold|"
           r"deal_closed|abschlu|gewonnen|gagn|ganad[oa]",
    "sql": r"sql|sales_?qualif\w*|qualified_by_sales|sales_?accepted|sal|"
           r"(?<!.)(a_)?accepted(?!.)|(?<!.)opportunity(?!.)|(?<!.)qualified(_lead)?(?!.)",
    "mql": r"mql|marketing_?qualif\w*|qualified_by_marketing|a_?preaccepted|preaccepted|engaged|nurtur\w*|working|"
           r"(?<!not_)contacted|interested",
}
_RANKS = (
    r"^(raw|unassigned|subscriber)", r"new|open(?!ed)|^lead$|created|submitted|prospect|^identif|appointment|^neu$",
    r"contact|attempt|working|kontakt", r"mql|marketing|engag|nurtur|interested|preaccept", r"qualif|sql|(^|_)sal$|accepted",
    r"^opportunity$|discover|needs|analysis|perception|beratung",
    r"demo|present|evaluat|trial|poc|value", r"propos|quot|offer|price|id_decision|decision|angebot",
    r"negotiat|review|legal|procure|verhandl",
    r"contract|verbal|commit|agreement|vertrag",
)


def slug(name: str) -> str:
    """A name as words: ``CreatedDate`` and ``Created date`` both become ``created_date``.

    Examples
    --------
    >>> slug("EurPerUnit"), slug("(Do Not Modify) Lead"), slug("Amount (EUR)")
    ('eur_per_unit', 'lead', 'amount_eur')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_").removeprefix("do_not_modify_")


def singular(name: str) -> str:
    """A table's name for one of its rows.

    Examples
    --------
    >>> [singular(name) for name in ("touches", "companies", "sales_activities", "leads", "process")]
    ['touch', 'company', 'sales_activity', 'lead', 'process']
    """
    for plural, one in ((r"ies$", "y"), (r"(?<=ch|sh|ss)es$", ""), (r"(?<!s)s$", "")):
        if re.search(plural, name):
            return re.sub(plural, one, name)
    return name


def says(pattern: str, name: str) -> bool:
    """Whether one of the words in a name fits."""
    return re.search(rf"(?<![a-z0-9])({pattern})(?![a-z0-9])", slug(name)) is not None


def stems(name: str) -> set[str]:
    """The words of a name, in the singular, without those that only say that it is a key."""
    words = {singular(word) for word in slug(name).split("_")}
    words |= {word.removesuffix(end) for word in words for end in ("id", "number", "nr") if len(word) > len(end) + 2}
    words |= {word.removeprefix("associated").removeprefix("originating").removeprefix("parent") for word in words}
    return words - {"id", "no", "number", "key", "code", "guid", "record", "associated", ""}


def stage_meaning(value: str) -> str | None:
    """What a stage's name sounds like: lost, won, sql, mql, or nothing known.

    Examples
    --------
    >>> [stage_meaning(s) for s in ("Closed - Not Converted", "salesqualifiedlead", "A_DECLINED", "Qualified", "Proposal")]
    ['lost', 'sql', 'lost', 'sql', None]
    """
    plain = slug(value)
    return next((meaning for meaning, words in _STAGES.items() if re.search(rf"(^|_)({words})(_|$)", plain)), None)


def usual_place(stage: str) -> float:
    """Where a stage of this name usually stands in a pipeline; ends last, unknown names in the middle.

    Examples
    --------
    >>> sorted(["Won", "Negotiation", "Proposal", "Discovery", "Lost"], key=usual_place)
    ['Discovery', 'Proposal', 'Negotiation', 'Won', 'Lost']
    """
    meaning = stage_meaning(stage)
    if meaning in ("won", "lost"):
        return 100.0 if meaning == "won" else 101.0
    plain = slug(stage)
    return next((float(place) for place, words in enumerate(_RANKS) if re.search(words, plain)), 5.5)
