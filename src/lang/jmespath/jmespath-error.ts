/** An expression that cannot be read, or a function that is given what it does not take. */
export class JmespathError extends Error {
  override readonly name = 'JmespathError'
  /** Where in the expression, in UTF-16 units from 0. */
  readonly start: number

  constructor(message: string, start: number) {
    super(message)
    this.start = start
  }
}
