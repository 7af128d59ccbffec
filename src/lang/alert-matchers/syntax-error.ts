/** Thrown inside the parsers of this folder; their verbs return its message. */
export class MatcherSyntaxError extends Error {
  override readonly name = 'MatcherSyntaxError'
}
