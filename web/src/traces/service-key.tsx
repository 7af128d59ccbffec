import { useMemo } from 'react'
import { useScheme } from '../charts/use-scheme.ts'
import { serviceColors } from './service-colors.ts'
import type { Trace } from './trace-model.ts'
import styles from './traces.module.css'

const MOST_SERVICES = 24

/** Which colour is which service, and how many spans each has. */
export function ServiceKey({ trace }: { readonly trace: Trace }) {
  const scheme = useScheme()
  const colors = useMemo(() => serviceColors(trace.services, scheme), [trace, scheme])
  const counts = useMemo(() => {
    const found = new Uint32Array(trace.services.length)
    for (const service of trace.service) found[service] = (found[service] ?? 0) + 1
    return found
  }, [trace])
  const more = trace.services.length - MOST_SERVICES
  return (
    <ul className={styles['key']} aria-label="Services">
      {trace.services.slice(0, MOST_SERVICES).map((name, i) => (
        <li key={name}>
          <i style={{ background: colors[i] }} />
          <span className={styles['keyName']}>{name}</span>{' '}
          <span className={styles['dim']}>{counts[i]}</span>
        </li>
      ))}
      {more > 0 && <li className={styles['dim']}>and {more} more</li>}
    </ul>
  )
}
