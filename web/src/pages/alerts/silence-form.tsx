import {
  ActionIcon,
  Alert,
  Button,
  Group,
  Modal,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useState, type SubmitEvent } from 'react'
import { useSession } from '../../shell/session-context.tsx'
import { formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import { useAlertChanges } from './alert-api.ts'
import styles from './alerts.module.css'
import { MATCH_OPS, type MatcherDraft } from './matcher-draft.ts'
import { SilencePreview } from './silence-preview.tsx'
import { endOf, SilenceTime, type SilenceSpan } from './silence-time.tsx'

export interface SilenceDraft {
  /** '' for a new one. */
  readonly id: string
  readonly matchers: readonly MatcherDraft[]
  readonly comment: string
  /** Of one that is edited. */
  readonly span?: { readonly startsAtMs: number; readonly endsAtMs: number }
}

export interface SilenceFormProps {
  readonly draft: SilenceDraft
  readonly onClose: () => void
}

const PREVIEW_DELAY_MS = 250
const EMPTY: MatcherDraft = { name: '', op: '=', value: '' }

/** A silence, with what it would hide as one writes it. From an alert all is filled in: a press on the button is enough. */
export function SilenceForm({ draft, onClose }: SilenceFormProps) {
  const { session } = useSession()
  const { silence } = useAlertChanges()
  const [matchers, setMatchers] = useState<readonly MatcherDraft[]>(
    draft.matchers.length === 0 ? [EMPTY] : draft.matchers,
  )
  const [span, setSpan] = useState<SilenceSpan>(() => spanOf(draft))
  const [said, setSaid] = useState<Said>({ comment: draft.comment, createdBy: session.user })
  const written = matchers.filter(({ name }) => name.trim() !== '')
  const [shown] = useDebouncedValue(written, PREVIEW_DELAY_MS)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const nowMs = Date.now()
    const endsAtMs = endOf(span, nowMs)
    if (endsAtMs === undefined) return
    const comment = said.comment.trim()
    const wanted = {
      id: draft.id,
      matchers: written,
      startsAtMs: span.startsAtMs ?? nowMs,
      endsAtMs,
      createdBy: said.createdBy,
      comment: comment === '' ? 'silenced on the alert pages' : comment,
    }
    silence.mutate(wanted, { onSuccess: onClose })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={draft.id === '' ? 'New silence' : 'Edit silence'}
      size="lg"
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <MatcherRows matchers={matchers} onChange={setMatchers} />
          <SilenceTime span={span} onChange={setSpan} />
          <SaidFields said={said} onChange={setSaid} />
          <SilencePreview matchers={shown} />
          {silence.error && <Fault message={silence.error.message} />}
          <Group justify="space-between" gap="xs">
            <End span={span} />
            <Button
              type="submit"
              data-autofocus
              loading={silence.isPending}
              disabled={written.length === 0 || endOf(span, 0) === undefined}
            >
              {draft.id === '' ? 'Silence' : 'Save'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function Fault({ message }: { readonly message: string }) {
  return (
    <Alert color="red" role="alert">
      {message}
    </Alert>
  )
}

/** Who silences, and why. */
interface Said {
  readonly comment: string
  readonly createdBy: string
}

interface SaidFieldsProps {
  readonly said: Said
  readonly onChange: (said: Said) => void
}

function SaidFields({ said, onChange }: SaidFieldsProps) {
  return (
    <Group grow gap="sm" align="flex-start">
      <TextInput
        label="Comment"
        placeholder="Why, and until what happens"
        value={said.comment}
        onChange={(event) => onChange({ ...said, comment: event.currentTarget.value })}
      />
      <TextInput
        label="By"
        required
        value={said.createdBy}
        onChange={(event) => onChange({ ...said, createdBy: event.currentTarget.value })}
      />
    </Group>
  )
}

function End({ span }: { readonly span: SilenceSpan }) {
  const { zone } = useTime()
  // As of when the form was opened: exact enough to read.
  const [openedMs] = useState(() => Date.now())
  const endsAtMs = endOf(span, openedMs)
  return (
    <Text size="sm" c="dimmed">
      {endsAtMs === undefined
        ? 'The end must come after the start.'
        : `Until ${formatWhen(endsAtMs, zone)}`}
    </Text>
  )
}

function spanOf({ span }: SilenceDraft): SilenceSpan {
  if (span === undefined) return { startsAtMs: undefined, length: '4h', endsAtMs: undefined }
  const isPending = span.startsAtMs > Date.now()
  return {
    // The start of one that is in force is past: it begins anew.
    startsAtMs: isPending ? span.startsAtMs : undefined,
    length: '',
    endsAtMs: span.endsAtMs,
  }
}

interface MatcherRowsProps {
  readonly matchers: readonly MatcherDraft[]
  readonly onChange: (matchers: readonly MatcherDraft[]) => void
}

function MatcherRows({ matchers, onChange }: MatcherRowsProps) {
  const change = (at: number, part: Partial<MatcherDraft>): void =>
    onChange(matchers.map((matcher, i) => (i === at ? { ...matcher, ...part } : matcher)))
  return (
    <fieldset className={styles['fieldset']}>
      <legend>Hides alerts with all of these labels</legend>
      {matchers.map(({ name, op, value }, i) => (
        <div key={i} className={styles['matcherRow']}>
          <TextInput
            className={styles['matcherName'] ?? ''}
            aria-label={`Label ${i + 1}`}
            placeholder="label"
            value={name}
            onChange={(event) => change(i, { name: event.currentTarget.value })}
          />
          <Select
            aria-label={`Operator ${i + 1}`}
            allowDeselect={false}
            data={[...MATCH_OPS]}
            value={op}
            onChange={(next) => change(i, { op: MATCH_OPS.find((each) => each === next) ?? '=' })}
          />
          <TextInput
            className={styles['matcherValue'] ?? ''}
            aria-label={`Value ${i + 1}`}
            placeholder="value"
            value={value}
            onChange={(event) => change(i, { value: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={30}
            aria-label={`Remove ${name === '' ? `matcher ${i + 1}` : name}`}
            disabled={matchers.length === 1}
            onClick={() => onChange(matchers.filter((_matcher, at) => at !== i))}
          >
            <IconX size={15} />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="subtle"
        size="compact-xs"
        leftSection={<IconPlus size={13} />}
        onClick={() => onChange([...matchers, EMPTY])}
      >
        Another label
      </Button>
    </fieldset>
  )
}
