import type { LabelsJson } from '../../../../src/contract/prometheus.ts'
import styles from './status.module.css'

/** Labels of a series or target, each as a person writes it in a selector. */
export function LabelList({ labels }: { readonly labels: LabelsJson }) {
  return (
    <span className={styles['labels']}>
      {Object.entries(labels).map(([name, value]) => (
        <span key={name} className={styles['label']}>
          {name}=&quot;{value}&quot;
        </span>
      ))}
    </span>
  )
}
