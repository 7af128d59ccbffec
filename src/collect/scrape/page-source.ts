/** What a target answered. */
export interface Page {
  readonly bytes: Uint8Array
  readonly contentType: string
  /** Called once the bytes are no longer looked at, so that others may take their room. */
  readonly release?: () => void
}

/**
 * Where the page of a target comes from: the network, or a part of this process (an alias). Rejects with an Error whose message
 * the targets API shows. The signal ends it at the time-out of the scrape, or when scraping stops.
 */
export type PageSource = (signal: AbortSignal) => Promise<Page>

/** The page is longer than `body_size_limit`, or than what is taken without one. */
export class BodySizeFault extends Error {
  /** The message says which limit it was, other than the job's. */
  readonly isExplained: boolean

  constructor(detail = '') {
    super(`body size limit exceeded${detail}`)
    this.isExplained = detail !== ''
  }
}
