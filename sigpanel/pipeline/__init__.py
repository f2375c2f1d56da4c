"""The only place that knows the order of the stages, and the only one that holds the key.

study        where things lie and what the settings say
deliveries   find and read every workbook
standing     which workbooks and rows count, and for which district
pilot        the persons of 2013–2016 as episodes
build        from everything in the study to a release; with `ledger`, `manifest` and `overview`
review       lists of doubtful links, and the answers in them
check        what is wrong with workbooks, before a build and without a key
trace, doctor, custody, demo    what the commands of those names do
"""
