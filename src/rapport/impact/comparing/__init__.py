"""Do connected people bring more because they are connected? (comparison with like people)

Cross-fitted, doubly robust, for any dataframe: Chernozhukov et al. 2018.
"""
