import type { CompletionResult } from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'

/** A fault in a query; UTF-16 offsets, `end` exclusive. */
export interface QueryFault {
  readonly start: number
  readonly end: number
  readonly message: string
}

export interface CompletionRequest {
  readonly text: string
  readonly at: number
  /** Asked for by a key, not by typing: then also where nothing has been typed. */
  readonly isExplicit: boolean
  readonly signal: AbortSignal
}

/** A language that the editor speaks. */
export interface QueryLanguage {
  readonly id: string
  readonly name: string
  readonly placeholder: string
  /** Colours and brackets. */
  readonly support: () => Extension
  /** What is wrong, by our own parser: the same words that the server answers with. */
  readonly check: (text: string) => readonly QueryFault[]
  readonly complete: (request: CompletionRequest) => Promise<CompletionResult | null>
  /** The query in canonical notation; undefined while it has faults. */
  readonly format: (text: string) => string | undefined
}
