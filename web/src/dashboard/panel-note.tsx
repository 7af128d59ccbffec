import { Tooltip } from '@mantine/core'
import { useRef, useState, type ReactNode } from 'react'
import styles from './dashboard.module.css'

export interface PanelNoteProps {
  readonly icon: ReactNode
  readonly text: string
}

/** A sign that tells more when it is pointed at or reached by keyboard; there are hundreds of them on a page. */
export function PanelNote({ icon, text }: PanelNoteProps) {
  const ref = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  const open = (): void => setOpen(true)
  const close = (): void => setOpen(false)
  return (
    <>
      <button
        ref={ref}
        className={styles['note']}
        type="button"
        aria-label={text}
        onPointerEnter={open}
        onPointerLeave={close}
        onFocus={open}
        onBlur={close}
        onClick={open}
      >
        {icon}
      </button>
      {isOpen && <Tooltip target={ref} opened label={text} multiline maw={420} />}
    </>
  )
}
