/** The answer of `detected_fields`, and with `values` that of `detected_field/{name}/values`; without lines it is empty. */
export interface DetectedFieldsJson {
  readonly fields?: readonly DetectedFieldJson[]
  readonly limit?: number
  readonly values?: readonly string[]
}

export interface DetectedFieldJson {
  readonly label: string
  readonly type: 'int' | 'float' | 'boolean' | 'duration' | 'bytes' | 'string'
  readonly cardinality: number
  /** What of LogQL makes the field of a line; null for structured metadata, which every line has by itself. */
  readonly parsers: readonly ('json' | 'logfmt')[] | null
  /** The keys that lead to a field of JSON. */
  readonly jsonPath?: readonly string[]
}

export interface DetectedLabelsJson {
  readonly detectedLabels: readonly { readonly label: string; readonly cardinality: number }[]
}

/** The answer of `patterns`; times are Unix seconds. */
export interface PatternsJson {
  readonly status: 'success'
  readonly data: readonly {
    readonly pattern: string
    readonly level: string
    readonly samples: readonly (readonly [timestampS: number, lines: number])[]
  }[]
}
