"""Tables for programs that are not Python: of a frame and what its columns mean, files for SPSS, Stata, R, archives.

    variables      what a column is called, means, and may hold; and what is made of one
    described      the columns of the panel
    numbered       a whole number for each person, which Stata's xtset wants
    coded          a table in numbers: words by their codes, missing reasons by theirs, or by Stata's letters
    statistical    .sav and .dta, the same bytes for the same table; and what such a file says, for the proof
    delimited      CSV, by one rule
    syntax         what reads the files, and sets what they cannot hold: R, SPSS, Stata
    datapackage    fields as a Data Package (version 2) has them
    ddi            all of it as a codebook in DDI 2.5
    folder         the files together

Facts (numbers of words, codes of reasons, lengths) stand in `contracts/exports.yaml`. Nothing here counts anything: a
description holds no frequency, no least and no greatest value. What may leave, and where to, others have decided.
"""
