/** The command line makes no sense: exit code 2. The message names the argument and says what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
