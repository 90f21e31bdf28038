"""Read transfer logs by cryo and print the seconds it took: run by `.venv-comparisons/bin/python`.

Arguments: the node's URL, the first and the last block, the token, how many blocks are asked for
at once. What was read is counted and summed, and printed before the seconds.
"""

import sys
import time

import cryo

TRANSFER = "Transfer(address indexed from, address indexed to, uint256 value)"


def main() -> None:
    """Read the logs once."""
    url, first, last, token, step = sys.argv[1:]
    start = time.perf_counter()
    found = cryo.collect(
        "logs",
        rpc=url,
        blocks=[f"{first}:{int(last) + 1}"],
        contract=[token],
        event_signature=TRANSFER,
        inner_request_size=int(step),
        hex=True,
        u256_types=["string"],
        verbose=False,
        no_verbose=True,
    )
    (units,) = (name for name in found.columns if "value" in name)
    total = sum(int(each) for each in found[units].to_list())
    seconds = time.perf_counter() - start
    print(len(found), total)
    print(seconds)


if __name__ == "__main__":
    main()
