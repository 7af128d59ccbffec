/**
 * JSON of a file or an answer as what a test expects it to be. `isOf` looks at as much of it as the test wants to be sure of;
 * what else is wrong with it shows when it is used.
 */
export function parseJson<T>(text: string, isOf: (json: unknown) => json is T): T {
  const json: unknown = JSON.parse(text)
  if (!isOf(json)) throw new Error(`not what was expected: ${text.slice(0, 200)}`)
  return json
}
