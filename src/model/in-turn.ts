/** Work that is never done twice at once: each call begins when the one before has ended, however it ended. */
export function inTurn<T, R>(work: (input: T) => Promise<R>): (input: T) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve()
  return (input) => {
    const done = last.then(() => work(input))
    last = done.catch(() => undefined)
    return done
  }
}
