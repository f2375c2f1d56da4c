"""The only place that knows the order of the stages, and the only one that holds the key.

study        where things lie and what the settings say
deliveries   read every workbook; which of them count
build        from everything in the study to a release
"""
