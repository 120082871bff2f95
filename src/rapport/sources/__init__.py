"""How facts arrive: any table file is read whole, row by row accounted for, into the record."""
