import { Kbd, Modal } from '@mantine/core'
import { say } from '#shared/words.ts'
import css from './Palette.module.css'

const KEYS: [string, [string, string[]][]][] = [
  [
    say('Everywhere'),
    [
      [say('Go to a page or a run'), ['Ctrl', 'K']],
      [say('New run'), ['n']],
      [say('These keys'), ['?']],
    ],
  ],
  [
    say('In the list of runs'),
    [
      [say('Search and filter'), ['/']],
      [say('Down and up'), ['j', 'k']],
      [say('Open'), ['Enter']],
      [say('Tick'), ['x']],
      [say('Compare what is ticked'), ['c']],
      [say('Tick nothing'), ['Esc']],
    ],
  ],
  [say('In a spec'), [[say('Train'), ['Ctrl', 'Enter']]]],
]

/** Which keys do what. */
export function Shortcuts({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={say('Keys')}
      radius="lg"
      centered
      closeButtonProps={{ 'aria-label': say('Close') }}
    >
      <table className={css.keys} aria-label={say('Keys')}>
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
