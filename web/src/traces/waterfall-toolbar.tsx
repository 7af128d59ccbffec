import {
  ActionIcon,
  Button,
  Menu,
  SegmentedControl,
  Switch,
  TextInput,
  Tooltip,
} from '@mantine/core'
import {
  IconChevronDown,
  IconChevronUp,
  IconListTree,
  IconSearch,
  IconZoomOut,
} from '@tabler/icons-react'
import type { KeyboardEvent, ReactNode } from 'react'
import { formatValue } from '../format/format-value.ts'
import type { WaterfallModel } from './use-waterfall.ts'
import styles from './waterfall.module.css'

/** Searches in the spans, folds them, and changes what is shown. */
export function WaterfallToolbar({ model }: { readonly model: WaterfallModel }) {
  return (
    <div className={styles['toolbar']}>
      <SegmentedControl
        aria-label="View"
        data={[...VIEWS]}
        value={model.view}
        onChange={model.onView}
      />
      {model.view === 'tree' && <TreeTools model={model} />}
    </div>
  )
}

const VIEWS = [
  { value: 'tree', label: 'Tree' },
  { value: 'flame', label: 'Flame' },
] as const

function TreeTools({ model }: { readonly model: WaterfallModel }) {
  return (
    <>
      <SpanSearch model={model} />
      <FoldMenu model={model} />
      <Switch
        size="xs"
        label="Critical path"
        checked={model.showsCritical}
        onChange={({ currentTarget }) => model.setShowsCritical(currentTarget.checked)}
      />
      {model.isZoomed && (
        <Button
          variant="default"
          leftSection={<IconZoomOut size={14} />}
          onClick={model.resetWindow}
        >
          Whole trace
        </Button>
      )}
    </>
  )
}

function SpanSearch({ model }: { readonly model: WaterfallModel }) {
  const { wanted, onWanted, found, isFound, current, goToFound } = model
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') goToFound(event.shiftKey ? -1 : 1)
    if (event.key === 'Escape' && wanted !== '') onWanted('')
  }
  const at = isFound.has(current) ? `${found.indexOf(current) + 1} of ` : ''
  return (
    <div className={styles['search']} role="search" aria-label="Spans">
      <TextInput
        aria-label="Search in the spans"
        placeholder="Search: a text, or key=value"
        leftSection={<IconSearch size={14} />}
        value={wanted}
        onChange={({ currentTarget }) => onWanted(currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {wanted.trim() !== '' && (
        <span className={styles['count']} role="status">
          {found.length === 0 ? 'Nothing' : at + formatValue(found.length, 'count')}
        </span>
      )}
      <StepButton
        label="Previous one found (p)"
        isOff={found.length === 0}
        onClick={() => goToFound(-1)}
      >
        <IconChevronUp size={14} />
      </StepButton>
      <StepButton
        label="Next one found (n)"
        isOff={found.length === 0}
        onClick={() => goToFound(1)}
      >
        <IconChevronDown size={14} />
      </StepButton>
    </div>
  )
}

interface StepButtonProps {
  readonly label: string
  readonly isOff: boolean
  readonly onClick: () => void
  readonly children: ReactNode
}

function StepButton({ label, isOff, onClick, children }: StepButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={30} aria-label={label} disabled={isOff} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  )
}

const MOST_DEPTHS = 6

function FoldMenu({ model }: { readonly model: WaterfallModel }) {
  const deepest = model.trace.depths.reduce((most, depth) => Math.max(most, depth), 0)
  const depths = Array.from({ length: Math.min(MOST_DEPTHS, deepest) }, (_none, i) => i)
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button variant="default" leftSection={<IconListTree size={14} />}>
          Fold
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => model.foldDepth(Number.POSITIVE_INFINITY)}>Unfold all</Menu.Item>
        {depths.map((depth) => (
          <Menu.Item key={depth} onClick={() => model.foldDepth(depth)}>
            {depth === 0 ? 'Roots only' : `Down to level ${depth + 1}`}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
