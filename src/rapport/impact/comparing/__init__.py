"""Connected people set beside people like them, to see what being connected does.

Cross-fitted, doubly robust, for any dataframe: Chernozhukov et al. 2018.
"""
