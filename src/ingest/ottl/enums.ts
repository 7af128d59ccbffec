const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  SPAN_KIND_: ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'],
  STATUS_CODE_: ['UNSET', 'OK', 'ERROR'],
  METRIC_DATA_TYPE_: ['NONE', 'GAUGE', 'SUM', 'HISTOGRAM', 'EXPONENTIAL_HISTOGRAM', 'SUMMARY'],
  AGGREGATION_TEMPORALITY_: ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'],
}

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']

/** OpenTelemetry's numbers by their names, such as `SPAN_KIND_SERVER` and `SEVERITY_NUMBER_WARN2`. */
export const ENUMS: ReadonlyMap<string, bigint> = new Map([
  ...Object.entries(NUMBERS).flatMap(([prefix, names]) =>
    names.map((name, number) => [`${prefix}${name}`, BigInt(number)] as const),
  ),
  ['SEVERITY_NUMBER_UNSPECIFIED', 0n] as const,
  ...SEVERITIES.flatMap((name, step) =>
    ['', '2', '3', '4'].map(
      (suffix, at) => [`SEVERITY_NUMBER_${name}${suffix}`, BigInt(step * 4 + at + 1)] as const,
    ),
  ),
])

/** The names of span kinds as `kind.string` gives them. */
export const KIND_WORDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']
