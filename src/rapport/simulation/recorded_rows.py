"""What each sheet of a history is in the record: one query for each kind of row."""

from __future__ import annotations

from types import MappingProxyType

OWNER = """
    create temp view owner as select network, account_id, case
        when kind = 'brand' then 'brand'
        when person_id is not null and seen then 'p' || person_id
        else network || ':' || account_id end as who
    from account_sheet left join known_people using (person_id)
"""
"""Whose account it is: the person's where that is known, the network's own otherwise."""

_PEOPLE = """
    select 'p' || person_id as account_id, is_employee, language, country from person_sheet
"""
_BRAND = "select 'brand' as account_id, true as is_brand"
_OTHERS = """
    select who as account_id, network as channel, handle, followers, following, posts, created
    from account_sheet join owner using (network, account_id)
    where kind <> 'brand' and who not like 'p%'
"""
_MESSAGES = """
    select message_id as activity_id, sent_on as occurred_on, network as channel,
        who as account_id, 'Create' as verb, 'comment' as object_kind, in_reply_to, text
    from message_sheet join owner using (network, account_id)
"""
_REPLIES = """
    select message_id || ':answer' as activity_id, answered_on as occurred_on, network as channel,
        'brand' as account_id, 'Create' as verb, 'comment' as object_kind,
        message_id as in_reply_to, answer as text
    from message_sheet where answered_on is not null and answered_by <> 'bot'
"""
_REACTIONS = """
    select network || account_id || post_id || kind as activity_id, reacted_on as occurred_on,
        network as channel, who as account_id, if(kind = 'share', 'Announce', 'Like') as verb,
        'Note' as object_kind, post_id as object_id
    from reaction_sheet join owner using (network, account_id)
"""
_FOLLOWS = """
    select 'follow ' || network || account_id as activity_id, followed_on as occurred_on,
        network as channel, who as account_id, 'Follow' as verb, 'account' as object_kind
    from follow_sheet join owner using (network, account_id)
"""
_UNFOLLOWS = """
    select 'unfollow ' || network || account_id as activity_id, unfollowed_on as occurred_on,
        network as channel, who as account_id, 'Undo' as verb, 'Follow' as object_kind,
        'follow ' || network || account_id as object_id
    from follow_sheet join owner using (network, account_id)
    where unfollowed_on is not null
"""
_CODES = """
    select code || ' ' || referred_on as activity_id, referred_on as occurred_on,
        'referral' as channel, 'p' || referrer as account_id, 'Recommend' as verb,
        'referral code' as object_kind, code as object_id
    from referral_sheet
"""
_CODES_USED = """
    select code || ' ' || referred_on || ' used' as activity_id, used_on as occurred_on,
        'referral' as channel, 'p' || referred as account_id, 'Accept' as verb,
        'purchase' as object_kind, order_id as object_id,
        code || ' ' || referred_on as in_reply_to
    from referral_sheet where used_on is not null
"""
_CONTACTS = """
    select 'met ' || contact_id as activity_id, met_on as occurred_on,
        if(kind = 'store_visit', 'store', kind) as channel,
        if(identified, 'p' || person_id, null) as account_id,
        if(kind = 'store_visit', 'Arrive', 'Join') as verb,
        if(kind = 'store_visit', 'store', kind) as object_kind, place as object_id
    from contact_sheet
"""
_ASKED = """
    select 'asked ' || system || ticket_id as activity_id, opened_on as occurred_on, channel,
        'p' || person_id as account_id, 'Create' as verb, 'ticket' as object_kind,
        system || ticket_id as object_id, text
    from ticket_sheet
"""
_INVITED = """
    select 'invited ' || network || account_id || approached_on as activity_id,
        approached_on as occurred_on, network as channel, who as account_id, 'Invite' as verb,
        'request to post' as object_kind
    from approach_sheet join owner using (network, account_id)
"""
_AGREED = """
    select 'agreed ' || network || account_id || approached_on as activity_id,
        posted_on as occurred_on, network as channel, who as account_id, 'Accept' as verb,
        'request to post' as object_kind, message_id as object_id,
        'invited ' || network || account_id || approached_on as in_reply_to
    from approach_sheet join owner using (network, account_id)
    where posted_on is not null
"""
_POSTS = """
    select post_id, published_on, network as channel, 'brand' as account_id, text, format, paid,
        goal, campaign
    from post_sheet
"""
_METRICS = """
    select post_id, measured_on, metric || '_of_day' as metric, value from (
    unpivot (
        select post_id, cast(day as timestamptz) as measured_on,
            cast(views as double) as impressions, cast(likes as double) as likes,
            cast(comments as double) as comments, cast(shares as double) as shares,
            cast(clicks as double) as clicks, cast(saves as double) as saves
        from post_day_sheet
    ) on impressions, likes, comments, shares, clicks, saves into name metric value value)
"""
_ORDERS = """
    select order_id as purchase_id, ordered_on, channel,
        if(identified, 'p' || person_id, null) as account_id,
        (subtotal - discount) / 100 as revenue, discount / 100 as discount,
        margin / 100 as margin, currency, coupon, campaign, referrer
    from order_sheet
"""
_VISITS = """
    select visit_id, started_on, if(user_id is null, device_id, 'p' || person_id) as account_id,
        landing as landing_page, referrer, utm_source, utm_medium, utm_campaign as campaign,
        if(order_id is null, null, 'purchase') as goals
    from visit_sheet
"""
_TICKETS = """
    select system || ticket_id as ticket_id, opened_on, 'p' || person_id as account_id, channel,
        first_answer_on as first_human_answer_on, solved_on, reopened, rating
    from ticket_sheet
"""
_ANSWERS = """
    select case when store is null then 'p' || person_id else response_id end as respondent,
        answered_on, 'rapport' as instrument,
        case item
            when 'statement_1' then 'confidence_1' when 'statement_2' then 'confidence_2'
            when 'statement_3' then 'integrity_1' when 'statement_4' then 'integrity_2'
            when 'statement_5' then 'pride_1' when 'statement_6' then 'pride_2'
            when 'statement_7' then 'passion_1' when 'statement_8' then 'passion_2'
            else item end as item,
        cast(score as double) as score, text
    from answer_sheet
"""
_HEARD = """
    select 'p' || person_id as respondent, asked_on as answered_on,
        'how did you hear' as instrument, 'heard' as item, case told
            when 'friend' then 'A friend or relative' when 'social' then 'Social media'
            when 'search' then 'Search engine' when 'ad' then 'Advertising'
            when 'store' then 'Saw the store' when 'press' then 'Press'
            when 'tv' then 'Television' when 'radio' then 'Radio'
            when 'other' then 'Other' else 'I don''t remember' end as text
    from heard_sheet
"""
_SPEND = """
    select day, channel, campaign, region, cost / 100 as cost, 'EUR' as currency, impressions,
        clicks
    from spend_sheet
"""
_AUDIENCE = "select day, network as channel, followers, gained, lost from audience_sheet"
_EVENTS = """
    select cast(unnest(range(cast(day as timestamp), cast(until as timestamp) + interval 1 day,
        interval 1 day)) as date) as day, kind, region, note
    from event_sheet
"""

ROWS = MappingProxyType(
    {
        "account": (_PEOPLE, _BRAND, _OTHERS),
        "activity": (
            *(_MESSAGES, _REPLIES, _REACTIONS, _FOLLOWS, _UNFOLLOWS, _CODES, _CODES_USED),
            *(_CONTACTS, _ASKED, _INVITED, _AGREED),
        ),
        "post": (_POSTS,),
        "post_metric": (_METRICS,),
        "purchase": (_ORDERS,),
        "visit": (_VISITS,),
        "ticket": (_TICKETS,),
        "answer": (_ANSWERS, _HEARD),
        "spend": (_SPEND,),
        "audience": (_AUDIENCE,),
        "event": (_EVENTS,),
    }
)
"""By table of the record, the queries whose rows it holds, over the sheets of a history."""
