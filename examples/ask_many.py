"""Several questions at once, answered as they settle: python examples/ask_many.py

Without OPENAI_API_KEY or OPENAI_BASE_URL the bundled demo panel answers.
"""

import asyncio

from consensus import Consensus

QUESTIONS = (
    "What is 17% of 2,340?",
    "What is the capital of Australia?",
)


async def main() -> None:
    async with Consensus() as consensus:
        for question in QUESTIONS:
            await consensus.submit(question)
        async for task in consensus.results():
            result = task.result
            print(f"{task.question}\n  {result.outcome}: {result.answer}")
            print(f"  agreement {result.agreement:.2f}, confidence {result.confidence:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
