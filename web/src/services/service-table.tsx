import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { formatValue } from '../format/format-value.ts'
import { KIND_NAMES } from './graph-of-services.ts'
import type { ServiceNode } from './service-graph.ts'
import type { ServiceOrder } from './services-state.ts'
import styles from './services.module.css'

export interface ServiceTableProps {
  readonly services: readonly ServiceNode[]
  readonly order: ServiceOrder
  readonly onOrder: (order: ServiceOrder) => void
  readonly onSelect: (name: string) => void
}

const HEADS: readonly { readonly order: ServiceOrder; readonly name: string }[] = [
  { order: 'name', name: 'Service' },
  { order: 'rate', name: 'Requests' },
  { order: 'errors', name: 'Failed' },
  { order: 'p95', name: '95 % within' },
]

/** The services as a list: the form that fits on a phone. */
export function ServiceTable({ services, order, onOrder, onSelect }: ServiceTableProps) {
  return (
    <table className={styles['table']}>
      <thead>
        <tr>
          {HEADS.map((head) => {
            const isSorted = head.order === order
            const state = !isSorted ? 'none' : order === 'name' ? 'ascending' : 'descending'
            const Arrow = order === 'name' ? IconArrowUp : IconArrowDown
            return (
              <th
                key={head.order}
                scope="col"
                aria-sort={state}
                data-number={head.order !== 'name' || undefined}
              >
                <button type="button" onClick={() => onOrder(head.order)}>
                  {head.name}
                  {isSorted && <Arrow size={12} aria-hidden />}
                </button>
              </th>
            )
          })}
        </tr>
      </thead>
      <tbody>
        {services.map((service) => (
          <ServiceRow key={service.name} service={service} onSelect={onSelect} />
        ))}
      </tbody>
    </table>
  )
}

interface ServiceRowProps {
  readonly service: ServiceNode
  readonly onSelect: (name: string) => void
}

function ServiceRow({ service: { name, kind, served, sentRate }, onSelect }: ServiceRowProps) {
  const failed = served?.errorShare ?? 0
  return (
    <tr>
      <td>
        <button type="button" className={styles['name']} onClick={() => onSelect(name)}>
          {name}
        </button>{' '}
        <span className={styles['kind']}>{KIND_NAMES[kind]}</span>
      </td>
      <td data-number>
        {served ? (
          formatValue(served.rate, 'per second')
        ) : (
          <span className={styles['kind']}>sends {formatValue(sentRate, 'per second')}</span>
        )}
      </td>
      <td data-number data-bad={failed > 0 || undefined}>
        {served ? formatValue(failed, 'percent') : ''}
      </td>
      <td data-number>
        {served?.p95Seconds === undefined ? '' : formatValue(served.p95Seconds, 'seconds')}
      </td>
    </tr>
  )
}
