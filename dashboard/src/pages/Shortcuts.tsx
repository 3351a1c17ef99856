import { Kbd, Modal } from '@mantine/core'
import css from './Palette.module.css'

const KEYS: [string, [string, string[]][]][] = [
  [
    'Everywhere',
    [
      ['Go to a page or a run', ['Ctrl', 'K']],
      ['New run', ['n']],
      ['These keys', ['?']],
    ],
  ],
  [
    'In the list of runs',
    [
      ['Search and filter', ['/']],
      ['Down and up', ['j', 'k']],
      ['Open', ['Enter']],
      ['Tick', ['x']],
      ['Compare what is ticked', ['c']],
      ['Tick nothing', ['Esc']],
    ],
  ],
  ['In a spec', [['Train', ['Ctrl', 'Enter']]]],
]

/** Which keys do what. */
export function Shortcuts({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title="Keys"
      radius="lg"
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <table className={css.keys} aria-label="Keys">
        {KEYS.map(([place, keys]) => (
          <tbody key={place}>
            <tr>
              <th colSpan={2} scope="rowgroup">
                {place}
              </th>
            </tr>
            {keys.map(([what, pressed]) => (
              <tr key={what}>
                <td>{what}</td>
                <td>
                  {pressed.map((key) => (
                    <Kbd key={key} ml={4}>
                      {key}
                    </Kbd>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </Modal>
  )
}
