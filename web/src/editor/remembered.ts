/** So long an answer is taken for true, so that typing does not ask for every letter. */
const REMEMBERED_MS = 60_000

/** A question whose answers are remembered by their key. */
export function remembered<T, Args extends readonly (string | undefined)[]>(
  ask: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  const answers = new Map<string, { readonly atMs: number; readonly answer: Promise<T> }>()
  return (...args) => {
    const key = JSON.stringify(args)
    const known = answers.get(key)
    if (known && Date.now() - known.atMs < REMEMBERED_MS) return known.answer
    const answer = ask(...args)
    answers.set(key, { atMs: Date.now(), answer })
    // A failure is not worth remembering.
    answer.catch(() => answers.delete(key))
    return answer
  }
}
