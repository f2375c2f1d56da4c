"""Follow-up in registers: what districts are asked for, and what the deliveries of register holders become.

    read_folder(path, …)        a delivery as it came: strictly, and without a value in any message
    receive(project, folder, …) taken into a project's extract: whole, or not at all
    write_request(…)            the list by which a district gives personal numbers to a register holder

Everything here works on an extract and a delivery alone. Neither the study nor a key is needed, so that it also runs
in a register holder's own environment. What needs the study (the log, whom lists ask for) is in `sigpanel.pipeline`.
"""
