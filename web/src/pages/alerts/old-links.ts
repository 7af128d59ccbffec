/** A page of ours with what stands behind `?`. */
export interface PageLink {
  readonly to: string
  readonly search: Readonly<Record<string, string>>
}

/**
 * Where a link of the original's web interface leads: `#/alerts?filter=…`, `#/silences/ID`, `#/silences/new?filter=…`, `#/status`.
 * `hash` is without the `#`; undefined for one that is none of these.
 */
export function readOldLink(hash: string): PageLink | undefined {
  if (!hash.startsWith('/')) return undefined
  const [path = '', query = ''] = hash.split('?', 2)
  const params = new URLSearchParams(query)
  const kept = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = params.get(name)
        return value === null || value === '' ? [] : [[name, value] as const]
      }),
    )
  const [, room = '', rest = '', edit] = path.split('/')
  switch (room) {
    case '':
    case 'alerts': {
      const isWide = params.get('silenced') === 'true' || params.get('inhibited') === 'true'
      return {
        to: '/alerts',
        search: { ...kept(['filter', 'receiver']), ...(isWide ? { state: 'all' } : {}) },
      }
    }
    case 'silences':
      if (rest === 'new')
        return { to: '/alerts/silences', search: { new: params.get('filter') ?? '' } }
      if (rest !== '') {
        return {
          to: '/alerts/silences',
          search: edit === 'edit' ? { edit: rest } : { id: rest },
        }
      }
      return { to: '/alerts/silences', search: kept(['filter']) }
    case 'status':
    case 'settings':
      return { to: '/alerts/routes', search: {} }
    default:
      return { to: '/alerts', search: {} }
  }
}
