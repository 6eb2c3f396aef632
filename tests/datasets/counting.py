"""Backends for data sets: what they answer is decided by the records that are asked for."""

import asyncio


def numbered(prompt):
    """Records of {"id": 0, "v": 0}: the number of each, and which variant of it was asked for."""
    generation = prompt.generation
    first = generation.start
    return [{"id": number, "v": generation.variant} for number in range(first, first + generation.count)]


def modulo(size):
    """Records of {"id": 0, "k": 0} whose `k` has few values at first, and enough when they are asked for again."""

    def backend(prompt):
        generation = prompt.generation
        last = size if not generation.variant else 1_000_000
        first, variant = generation.start, generation.variant
        return [{"id": n, "k": (n * 7 + variant) % last} for n in range(first, first + generation.count)]

    return backend


class Waiting:
    """Answers like `function`, later batches first, and knows how many were asked at the same time."""

    def __init__(self, function=numbered):
        self.function, self.under_way, self.most, self.asked = function, 0, 0, 0

    async def __call__(self, prompt):
        self.under_way, self.asked = self.under_way + 1, self.asked + 1
        self.most = max(self.most, self.under_way)
        for _ in range(40 - prompt.generation.start % 37):
            await asyncio.sleep(0)
        self.under_way -= 1
        return self.function(prompt)
