import type { WhyAlertJson, WhyEventJson, WhyRouteJson } from '../../contract/alert-why.ts'

/** A sentence with the moment that it is about. */
interface Told {
  readonly at: string
  readonly text: string
}

/** What happened to an alert, in sentences for a person at night: oldest first, and at the end how things stand. */
export function tellStory(alert: Omit<WhyAlertJson, 'story'>): string[] {
  const told: Told[] = [
    ...alert.states.map(({ state, from, to }) => ({
      at: from,
      text:
        state === 'pending'
          ? `the condition held until ${clock(to)}: pending, which is told to nobody`
          : `fired until ${clock(to)}`,
    })),
    ...alert.events.map((event) => ({ at: event.at, text: tellEvent(event) })),
    ...alert.acknowledgements.map(({ createdAt, createdBy }) => ({
      at: createdAt,
      text: `acknowledged by ${createdBy}`,
    })),
  ]
  told.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  return [
    ...told.map(({ at, text }) => `${at.slice(0, 10)} ${clock(at)}  ${text}`),
    ...alert.routes.map(tellRoute),
    ...tellNow(alert),
  ]
}

function tellEvent(event: WhyEventJson): string {
  const { kind, integration, receiver, reason, by = [], attempt = 1, answer } = event
  const whom = `${receiver}/${integration ?? ''}`
  switch (kind) {
    case 'suppressed':
      return `not told to ${receiver}: ${tellSuppression(reason, by)}`
    case 'released':
      return `no longer kept back from ${receiver}`
    case 'delivered': {
      const what = event.resolved === true ? 'as resolved' : 'as firing'
      const how = event.shadow === true ? 'would have been told' : 'told'
      const tries = attempt > 1 ? ` at attempt ${attempt}` : ''
      return `${how} ${what} to ${whom}${tries} (${reason ?? ''}${answer === undefined ? '' : `; answer: ${answer}`})`
    }
    case 'failed':
      return `attempt ${attempt} to tell ${whom} failed: ${answer ?? 'no reason was given'}`
    default:
      return kind satisfies never
  }
}

function tellSuppression(reason: string | undefined, by: readonly string[]): string {
  const whom = by.join(', ')
  switch (reason) {
    case 'silence':
      return `silenced by ${whom}`
    case 'inhibition':
      return `inhibited by the alert ${whom}`
    case 'mute_time_interval':
      return `the route is muted by the time interval ${whom}`
    case 'active_time_interval':
      return `the route is outside its active time interval ${whom}`
    case 'acknowledgement':
      return `${whom} takes care of it`
    default:
      return `${reason ?? ''} ${whom}`
  }
}

function tellRoute(route: WhyRouteJson): string {
  const head = `goes to ${route.receiver} by the route ${route.path}, in the group ${route.groupKey}`
  const last = route.told.map(({ integration, at, state, repeatsAt }) =>
    state === 'not told'
      ? `${integration} was not told about it`
      : `${integration} was last told ${state} at ${at.slice(0, 10)} ${clock(at)}${repeatsAt === undefined ? '' : ` and is told again at ${repeatsAt.slice(0, 10)} ${clock(repeatsAt)} if nothing changes`}`,
  )
  const muted = route.mutedBy.length > 0 ? [`muted now by ${route.mutedBy.join(', ')}`] : []
  return [head, ...muted, ...last].join('; ')
}

function tellNow({ now, events }: Omit<WhyAlertJson, 'story'>): string[] {
  const { state, silencedBy, inhibitedBy, acknowledgedBy } = now
  const lines = [`now: ${state}`]
  for (const { id, createdBy, comment, endsAt } of silencedBy) {
    lines.push(
      `silenced by ${createdBy} until ${endsAt.slice(0, 10)} ${clock(endsAt)}: ${comment} (${id})`,
    )
  }
  for (const { labels, fingerprint } of inhibitedBy) {
    lines.push(`inhibited by ${labels['alertname'] ?? 'an alert'} (${fingerprint})`)
  }
  if (acknowledgedBy !== undefined) {
    const { createdBy, assignee, comment } = acknowledgedBy
    const who =
      assignee === '' || assignee === createdBy ? createdBy : `${createdBy} for ${assignee}`
    lines.push(`acknowledged by ${who}${comment === '' ? '' : `: ${comment}`}`)
  }
  if (state === 'firing' && !events.some(({ kind }) => kind === 'delivered'))
    lines.push('nobody was told about it in this time')
  return lines
}

/** `10:00:30` of an RFC 3339 time in UTC. */
function clock(at: string): string {
  return at.slice(11, 19)
}
