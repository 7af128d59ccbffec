/** One line on each word of LogQL, in our own words. */
export const RANGE_DOCS: Readonly<Record<string, string>> = {
  absent_over_time: '1 where the range holds no line at all. For alerts on senders that have gone.',
  avg_over_time: 'Mean of the unwrapped values in the range.',
  bytes_over_time: 'Bytes of the lines in the range.',
  bytes_rate: 'Bytes of the lines a second.',
  count_over_time: 'How many lines the range holds.',
  first_over_time: 'First unwrapped value of the range.',
  last_over_time: 'Last unwrapped value of the range.',
  max_over_time: 'Largest unwrapped value of the range.',
  min_over_time: 'Smallest unwrapped value of the range.',
  quantile_over_time: 'Quantile (0 to 1) of the unwrapped values in the range.',
  rate: 'Lines a second; of unwrapped values, their sum a second.',
  rate_counter: 'Per-second rate of an unwrapped counter; resets are allowed for.',
  stddev_over_time: 'Standard deviation of the unwrapped values.',
  stdvar_over_time: 'Variance of the unwrapped values.',
  sum_over_time: 'Sum of the unwrapped values.',
}

export const AGGREGATE_DOCS: Readonly<Record<string, string>> = {
  approx_topk: 'The k largest series, counted with little memory.',
  avg: 'Mean of the values of each group.',
  bottomk: 'The k smallest series.',
  count: 'How many series each group has.',
  max: 'Largest value of each group.',
  min: 'Smallest value of each group.',
  sort: 'Sorted by value, ascending.',
  sort_desc: 'Sorted by value, descending.',
  stddev: 'Standard deviation of the values of each group.',
  stdvar: 'Variance of the values of each group.',
  sum: 'Sum of the values of each group.',
  topk: 'The k largest series.',
}

export const WORD_DOCS: Readonly<Record<string, string>> = {
  by: 'Groups by these labels and drops the others.',
  label_replace: 'Sets a label from another by a regular expression.',
  vector: 'A number as a series without labels.',
  without: 'Groups by all labels but these.',
}

/** What may stand behind a bar, with what is inserted. */
export const STAGE_DOCS: Readonly<Record<string, readonly [insert: string, doc: string]>> = {
  decolorize: ['decolorize', 'Takes colours for terminals out of the line.'],
  drop: ['drop ', 'Drops labels.'],
  json: ['json', 'Makes labels of the fields of a JSON object.'],
  keep: ['keep ', 'Keeps only these labels.'],
  label_format: ['label_format ', 'Renames labels or makes them by a template.'],
  line_format: ['line_format "', 'Makes the line anew by a template: {{.label}}.'],
  logfmt: ['logfmt', 'Makes labels of key=value pairs.'],
  pattern: ['pattern "', 'Makes labels by a pattern: <ip> - <user> [<_>].'],
  regexp: ['regexp "', 'Makes labels of the named groups of a regular expression.'],
  unpack: ['unpack', 'Takes apart what the stage pack of Promtail put together.'],
  unwrap: ['unwrap ', 'Takes the number in a label for calculations.'],
}

/** What may follow a selector or a stage. */
export const PIPE_DOCS: Readonly<Record<string, string>> = {
  '|=': 'Lines that contain a text.',
  '!=': 'Lines that do not contain a text.',
  '|~': 'Lines that match a regular expression.',
  '!~': 'Lines that do not match a regular expression.',
  '|>': 'Lines that fit a pattern: <_> is anything.',
  '!>': 'Lines that do not fit a pattern.',
  '|': 'A parser, a format, or a filter by a label.',
}
