"""Do people bring more once they are connected? Each against their own past and comparable others.

The step `connection` works with the histories of people, month by month: see `trial` for who is
compared with whom, `own_past` for the estimate, `claims` for what the ledger is told.
"""
