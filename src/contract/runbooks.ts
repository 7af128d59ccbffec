/** `GET /api/vedette/runbooks/:name`: what to do when an alert of a pack fires; 404 `{ message }` where there is none. */
export interface RunbookJson {
  /** Of the pack. */
  readonly name: string
  readonly markdown: string
}
