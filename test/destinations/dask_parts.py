"""Reads parts with Dask in two processes: `dask_parts.py EXPRESSION count` prints a number, `rows` a line of JSON for each row."""
import json
import sys

import dask
import dask.bag

if __name__ == "__main__":
    dask.config.set(scheduler="processes", num_workers=2)
    _, expression, wanted = sys.argv
    profiles = eval(expression)
    if wanted == "count":
        print(profiles.count().compute())
    else:
        for profile in profiles.compute():
            print(json.dumps(profile))
