/** Questions that come at the same time are asked as one: a round trip costs more than the answers that it brings. */

/** Bounds the size of one statement. */
const MAX_SHARED = 64

export interface SharedQuestions<Question, Answer> {
  /** Answers them all, in their order. */
  ask(questions: readonly Question[]): Promise<readonly Answer[]>
  /** Whether one of several questions may be to blame for the error, so that each has to be asked by itself. */
  isOneToBlame(error: unknown): boolean
  /** How many may be under way; what comes meanwhile waits for the next one. */
  readonly atOnce: number
}

interface Waiting<Question, Answer> {
  readonly question: Question
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Asks one question, together with those that others ask in the same turn of the event loop. */
export function sharedQuestions<Question, Answer>(
  shared: SharedQuestions<Question, Answer>,
): (question: Question) => Promise<Answer> {
  let waiting: Waiting<Question, Answer>[] = []
  let underWay = 0
  let scheduled = false

  function schedule(): void {
    if (scheduled || waiting.length === 0 || underWay >= shared.atOnce) return
    scheduled = true
    // After the events that are ready now, whose requests have questions of their own.
    setImmediate(next)
  }

  function next(): void {
    scheduled = false
    const together = waiting.slice(0, MAX_SHARED)
    waiting = waiting.slice(MAX_SHARED)
    underWay++
    void askTogether(shared, together).finally(() => {
      underWay--
      schedule()
    })
    schedule()
  }

  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject })
      schedule()
    })
}

/** Settles every one of them; never rejects. */
async function askTogether<Question, Answer>(
  shared: SharedQuestions<Question, Answer>,
  together: readonly Waiting<Question, Answer>[],
): Promise<void> {
  try {
    const answers = await shared.ask(together.map(({ question }) => question))
    for (const [i, { resolve }] of together.entries()) {
      // The contract of `ask`: as many answers as questions.
      resolve(answers[i] as Answer)
    }
  } catch (error) {
    if (together.length > 1 && shared.isOneToBlame(error)) {
      await Promise.all(together.map((one) => askTogether(shared, [one])))
      return
    }
    for (const { reject } of together) reject(error)
  }
}
