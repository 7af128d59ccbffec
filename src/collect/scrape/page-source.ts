/** What a target answered. */
export interface Page {
  readonly bytes: Uint8Array
  readonly contentType: string
}

/**
 * Where the page of a target comes from: the network, or a part of this process (an alias). Rejects with an Error whose message
 * the targets API shows. The signal ends it at the time-out of the scrape, or when scraping stops.
 */
export type PageSource = (signal: AbortSignal) => Promise<Page>

/** The page is longer than `body_size_limit`, or than what is taken without one. */
export class BodySizeFault extends Error {
  constructor(detail = '') {
    super(`body size limit exceeded${detail}`)
  }
}
