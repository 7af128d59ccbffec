/** One line on each word of TraceQL, in our own words. */
export const INTRINSIC_DOCS: Readonly<Record<string, string>> = {
  duration: 'How long the span took.',
  kind: 'server, client, producer, consumer or internal.',
  name: 'Name of the span: the operation.',
  status: 'error, ok or unset.',
  statusMessage: 'What was said with the status.',
  rootName: 'Name of the first span of the trace.',
  rootServiceName: 'Service of the first span of the trace.',
  traceDuration: 'How long the whole trace took.',
  'event:name': 'Name of an event of the span, such as exception.',
  'event:timeSinceStart': 'From the beginning of the span to the event.',
  'instrumentation:name': 'The library that made the span.',
  'instrumentation:version': 'Version of the library that made the span.',
  'link:spanID': 'Span that a link leads to.',
  'link:traceID': 'Trace that a link leads to.',
  'span:childCount': 'How many children the span has.',
  'span:duration': 'How long the span took.',
  'span:id': 'Id of the span, in hex.',
  'span:kind': 'server, client, producer, consumer or internal.',
  'span:name': 'Name of the span: the operation.',
  'span:parentID': 'Id of the parent, in hex.',
  'span:status': 'error, ok or unset.',
  'span:statusMessage': 'What was said with the status.',
  'trace:duration': 'How long the whole trace took.',
  'trace:id': 'Id of the trace, in hex.',
  'trace:rootName': 'Name of the first span of the trace.',
  'trace:rootService': 'Service of the first span of the trace.',
}

export const SCOPE_DOCS: Readonly<Record<string, string>> = {
  'span.': 'Attributes of the span.',
  'resource.': 'Attributes of what made the span: service, host, pod.',
  'event.': 'Attributes of events of the span.',
  'link.': 'Attributes of links of the span.',
  'instrumentation.': 'Attributes of the library that made the span.',
  'parent.': 'Of the parent of the span.',
}

/** What may stand behind a bar, with what is inserted. */
export const STAGE_DOCS: Readonly<Record<string, readonly [insert: string, doc: string]>> = {
  avg: ['avg(', 'Mean of a field over the spans of the set.'],
  by: ['by(', 'A span set of its own for each value.'],
  coalesce: ['coalesce()', 'The span sets of a trace become one again.'],
  count: ['count() > ', 'How many spans the set has.'],
  max: ['max(', 'Largest value of a field in the span set.'],
  min: ['min(', 'Smallest value of a field in the span set.'],
  select: ['select(', 'Fields that are shown of each span found.'],
  sum: ['sum(', 'Sum of a field over the span set.'],
}

export const METRICS_DOCS: Readonly<Record<string, readonly [insert: string, doc: string]>> = {
  rate: ['rate()', 'Spans a second.'],
  count_over_time: ['count_over_time()', 'Spans of each step.'],
  min_over_time: ['min_over_time(', 'Smallest value of a field in each step.'],
  max_over_time: ['max_over_time(', 'Largest value of a field in each step.'],
  avg_over_time: ['avg_over_time(', 'Mean of a field in each step.'],
  sum_over_time: ['sum_over_time(', 'Sum of a field in each step.'],
  quantile_over_time: ['quantile_over_time(duration, .95)', 'Quantiles of a field in each step.'],
  histogram_over_time: ['histogram_over_time(', 'Buckets of a field in each step.'],
  compare: ['compare({ ', 'What sets the selected spans apart from the others.'],
  topk: ['topk(', 'The k largest series.'],
  bottomk: ['bottomk(', 'The k smallest series.'],
}

export const COMPARISON_DOCS: Readonly<Record<string, string>> = {
  '=': 'is',
  '!=': 'is not; != nil: is there',
  '=~': 'matches a regular expression, as a whole',
  '!~': 'does not match a regular expression',
  '>': 'more than',
  '>=': 'at least',
  '<': 'less than',
  '<=': 'at most',
}

export const CONJUNCTION_DOCS: Readonly<Record<string, string>> = {
  '&&': 'and',
  '||': 'or',
}

/** What may follow a selection of spans. */
export const PIPE_DOCS: Readonly<Record<string, string>> = {
  '|': 'A filter, a grouping, a metric of the spans.',
  '&&': 'Traces with both.',
  '||': 'Traces with one of them.',
  '>>': 'Spans somewhere below those on the left.',
  '>': 'Spans right below those on the left.',
  '<<': 'Spans somewhere above those on the left.',
  '<': 'Spans right above those on the left.',
  '~': 'Spans with the same parent as those on the left.',
}
