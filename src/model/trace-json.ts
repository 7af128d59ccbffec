/** A value of an attribute in OTLP's JSON. */
export interface AnyValueJson {
  readonly stringValue?: string
  readonly boolValue?: boolean
  /** 64 bits: a text. */
  readonly intValue?: string
  readonly doubleValue?: number | 'NaN' | 'Infinity' | '-Infinity'
  /** Base64. */
  readonly bytesValue?: string
  readonly arrayValue?: { readonly values: readonly AnyValueJson[] }
  readonly kvlistValue?: { readonly values: readonly AttributeJson[] }
}

export interface AttributeJson {
  readonly key: string
  readonly value: AnyValueJson
}

/** A span as Tempo answers it: OTLP as protobuf's own JSON has it, so ids are base64 and enums are names. */
export interface SpanJson {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  readonly kind?: string
  /** Unix nanoseconds. */
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes?: readonly AttributeJson[]
  readonly events?: readonly SpanEventJson[]
  readonly links?: readonly SpanLinkJson[]
  readonly status: { readonly message?: string; readonly code?: string }
}

export interface SpanEventJson {
  readonly timeUnixNano: string
  readonly name: string
  readonly attributes?: readonly AttributeJson[]
}

export interface SpanLinkJson {
  readonly traceId: string
  readonly spanId: string
  readonly traceState?: string
  readonly attributes?: readonly AttributeJson[]
}

export interface ScopeSpansJson {
  readonly scope: {
    readonly name?: string
    readonly version?: string
    readonly attributes?: readonly AttributeJson[]
  }
  readonly spans: readonly SpanJson[]
}

export interface ResourceSpansJson {
  readonly resource: { readonly attributes: readonly AttributeJson[] }
  readonly scopeSpans: readonly ScopeSpansJson[]
}
