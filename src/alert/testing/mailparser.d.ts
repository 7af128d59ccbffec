declare module 'mailparser' {
  /** What of a parsed mail the tests look at. */
  export interface ParsedMail {
    readonly subject?: string
    readonly text?: string
    readonly html?: string | false
    readonly messageId?: string
    readonly date?: Date
    /** By name in lower case. */
    readonly headers: ReadonlyMap<string, unknown>
    /** As they stand in the mail, folded lines joined; names in lower case. */
    readonly headerLines: readonly { readonly key: string; readonly line: string }[]
  }
  export function simpleParser(
    source: Buffer | string,
    done: (error: Error | null, mail: ParsedMail) => void,
  ): void
}
