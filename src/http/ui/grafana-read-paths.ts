/** One path that may be asked of a source, below its URL. */
interface ReadPath {
  readonly path: RegExp
  /** Asked with a form, too. */
  readonly post?: true
}

/**
 * What may be asked of a source through the proxy, by its type: the paths that read. Nothing that pushes, deletes, reloads or
 * administers is among them, whatever the role.
 */
const READ_PATHS: Readonly<Record<string, readonly ReadPath[]>> = {
  prometheus: [
    {
      path: /^api\/v1\/(?:query|query_range|query_exemplars|series|labels|format_query|parse_query)$/,
      post: true,
    },
    { path: /^api\/v1\/label\/[^/]+\/values$/ },
    {
      path: /^api\/v1\/(?:metadata|rules|alerts|targets|targets\/metadata|alertmanagers|features)$/,
    },
    { path: /^api\/v1\/status\/(?:buildinfo|runtimeinfo|tsdb|walreplay)$/ },
    { path: /^api\/v1\/search\/(?:metric_names|label_names|label_values)$/, post: true },
  ],
  loki: [
    {
      path: /^loki\/api\/v1\/(?:query|query_range|labels|series|patterns|detected_labels|detected_fields)$/,
      post: true,
    },
    { path: /^loki\/api\/v1\/(?:label|detected_field)\/[^/]+\/values$/ },
    {
      path: /^loki\/api\/v1\/(?:index\/stats|index\/volume|index\/volume_range|drilldown-limits|format_query)$/,
      post: true,
    },
    { path: /^loki\/api\/v1\/status\/buildinfo$/ },
    { path: /^(?:prometheus\/)?api\/v1\/(?:rules|alerts)$/ },
    { path: /^ready$/ },
  ],
  tempo: [
    { path: /^api\/(?:v2\/)?traces\/[0-9a-fA-F]{1,32}$/ },
    { path: /^api\/(?:v2\/)?search(?:\/tags)?$/ },
    { path: /^api\/(?:v2\/)?search\/tag\/[^/]+\/values$/ },
    { path: /^api\/metrics\/(?:query|query_range)$/ },
    { path: /^api\/(?:echo|status\/buildinfo)$/ },
    { path: /^ready$/ },
  ],
  alertmanager: [
    { path: /^api\/v2\/(?:status|alerts|alerts\/groups|silences|receivers)$/ },
    { path: /^api\/v2\/silence\/[0-9a-fA-F-]{1,64}$/ },
  ],
}

/** Parameters that the read paths know; no other is passed on. */
export const READ_PARAMETERS = [
  ...['query', 'time', 'start', 'end', 'step', 'timeout', 'limit', 'lookback_delta', 'stats'],
  ...['match[]', 'metric', 'limit_per_metric', 'type', 'file[]', 'rule_group[]', 'rule_name[]'],
  ...['exclude_alerts', 'group_limit', 'group_next_token', 'state', 'scrapePool', 'match_target'],
  ...['direction', 'since', 'interval', 'line_limit', 'targetLabels', 'aggregateBy', 'volumeFunc'],
  ...['q', 'tags', 'minDuration', 'maxDuration', 'spss', 'scope', 'exemplars', 'maxSeries'],
  ...['filter', 'silenced', 'inhibited', 'active', 'unprocessed', 'receiver', 'expr', 'search'],
] as const

/** Why a path may not be asked; undefined when it may. `path` is decoded, without a slash in front. */
export function whyNotRead(type: string, method: string, path: string): string | undefined {
  const paths = READ_PATHS[type]
  if (paths === undefined) return `sources of the type ${type} cannot be asked through the proxy`
  const found = hasOddities(path) ? undefined : paths.find((each) => each.path.test(path))
  const may =
    found !== undefined && (method === 'GET' || (method === 'POST' && found.post === true))
  if (may) return undefined
  return `the proxy passes on what reads alone, and ${method} ${path.slice(0, 100)} is not known to`
}

/** What could make another server see another path than we do. */
function hasOddities(path: string): boolean {
  return (
    path.split('/').some((part) => part === '..' || part === '.') || /[\\?#;]|\p{Cc}/u.test(path)
  )
}

/** A decoded path for a URL. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
