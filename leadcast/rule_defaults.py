"""The built-in rules, as ``leadcast init`` writes them into leadcast.toml: recency, transition signals, completeness, stage."""

DEFAULT_RULES = """\
[rules]
expected_rate = 0.1  # the share you expect to reach a target; it gives way to what is observed
counts_as = 5        # the number of your own leads or deals that this expectation weighs as much as
when = [             # points are log-odds: +0.7 doubles the odds, -0.7 halves them
    # recency of the last touch
    { features = "from_them_last_days", at_most = 3, points = 0.4, why = "they were in touch within three days" },
    { features = "from_them_last_days", at_most = 14, points = 0.3, why = "they were in touch within two weeks" },
    { features = "from_them_last_days", at_least = 45, points = -0.4, why = "silent for six weeks" },
    { features = "event_last_days", unless = "from_them_*", at_most = 3, points = 0.3, why = "active just now" },
    { features = "event_last_days", unless = "from_them_*", at_most = 14, points = 0.3, why = "active lately" },
    { features = "event_last_days", unless = "from_them_*", at_least = 45, points = -0.4, why = "quiet for long" },
    # steps they take on the way, by words in the names of event types
    { features = "*_count_all", at_least = 1, points = 0.2, why = "clicked or subscribed", words = [
        "click", "subscri", "newsletter", "klick", "abonn", "clic", "suscri", "iscri", "klik", "клик", "подпис"] },
    { features = "*_count_all", at_least = 1, points = 0.4, why = "asked for prices, a demo or a case", words = [
        "pric", "demo", "chat", "case stud", "webinar", "trial", "preis", "tarif", "prix", "essai", "precio",
        "prueba", "prezz", "preco", "preço", "cena", "prijs", "цен", "прайс", "демо", "价格", "演示", "価格", "デモ"] },
    { features = "*_count_all", at_least = 1, points = 0.5, why = "agreed to a meeting or consultation", words = [
        "consult", "meeting", "appointment", "call booked", "call agreed", "call scheduled", "visit booked",
        "beratung", "termin", "rendez vous", "rendez-vous", "cita", "reunion", "reunión", "réunion", "riunion",
        "appuntament", "afspraak", "spotkani", "встреч", "консульт", "会议", "咨询", "面談"] },
    { features = "*_count_all", at_least = 1, points = 0.7, why = "answered an offer or applied", words = [
        "offer answer", "offer repl", "offer accept", "quote accept", "proposal accept", "application", "applied",
        "contract", "negotiat", "antrag", "vertrag", "bewerb", "contrat", "solicitud", "candidat", "contratt",
        "umow", "заявк", "договор", "合同", "申请", "契約", "申込"] },
    { features = "*_count_all", at_least = 1, points = 0.8, why = "paid or uses the product", words = [
        "payment", "paid", "deposit", "active use", "login", "zahlung", "bezahl", "paiement", "pago", "pagament",
        "płatno", "оплат", "付款", "支払"] },
    { features = "*_count_all", at_least = 1, points = -0.6, why = "unsubscribed, bounced or did not come", words = [
        "unsubscri", "bounce", "spam", "opt out", "opted out", "no show", "complain", "abmeld", "abbestell",
        "beschwerde", "désabonn", "desabonn", "cancel", "отпис", "жалоб", "退订"] },
    # how much they do
    { features = "events_count_all", at_most = 0, points = -0.3, why = "nothing has happened yet" },
    { features = "events_count_all", at_least = 5, points = 0.2, why = "five touches or more" },
    { features = "active_days_count_*", at_least = 3, points = 0.3, why = "active on three days or more lately" },
    { features = "answered_share_*", at_least = 0.5, points = 0.3, why = "answers half of our touches or more" },
    # how complete the record is
    { features = "filled_share", at_least = 0.8, points = 0.2, why = "nearly everything about them is filled in" },
    { features = "filled_share", at_most = 0.3, points = -0.3, why = "little about them is filled in" },
    # how far it has come, and how long it stands
    { features = "stage_position", at_least = 1, points = 0.3, why = "beyond the first stage" },
    { features = "stage_position", at_least = 2, points = 0.3, why = "beyond the second stage" },
    { features = "stage_position", at_least = 3, points = 0.3, why = "beyond the third stage" },
    { features = "stage_age_ratio", at_least = 2, points = -0.3, why = "twice as long in its stage as others" },
    { features = "stakeholders_count", at_least = 2, points = 0.2, why = "several people on their side" },
    { features = "overdue", at_least = 1, points = -0.4, why = "its expected close is past" },
    { features = "close_pushes_count", at_least = 2, points = -0.2, why = "its expected close was moved out twice" },
]
"""
