"""Did people change when they connected, more than those who had not yet.

Callaway & Sant'Anna 2021, computed from sums that an engine makes, so that it costs the same for a
thousand people and for millions.
"""
