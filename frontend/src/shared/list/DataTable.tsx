import { Checkbox, Table } from '@mantine/core';
import {
  createContext,
  memo,
  type ReactElement,
  type ReactNode,
  use,
  useDeferredValue,
  useMemo,
} from 'react';
import { useTranslation } from 'react-i18next';
import classes from './DataTable.module.css';

export type Column<Row> = {
  name: string;
  show: (row: Row) => ReactNode;
  /** Numbers stand at the end of their column. */
  isNumber?: boolean;
  /** Actions stand there, too. */
  isAtEnd?: boolean;
  /** As narrow as it can be. */
  isNarrow?: boolean;
};

export type Id = number | string;

type Selection = { ids: ReadonlySet<Id>; set: (ids: ReadonlySet<Id>) => void };

type Props<Row> = {
  /** What the table holds, for those who cannot see it. */
  caption: string;
  rows: Row[];
  columns: Column<Row>[];
  rowId: (row: Row) => Id;
  selection?: Selection | undefined;
};

export function DataTable<Row>({ caption, rows, columns, rowId, selection }: Props<Row>) {
  const isSelectable = selection !== undefined;
  const shown = useMemo(
    () => ({ rows, columns, rowId, isSelectable }),
    [rows, columns, rowId, isSelectable],
  );
  // What one does to a filter or a button is painted first; the rows, which are many, follow in small portions.
  const drawn = useDeferredValue(shown);

  return (
    <div className={classes.wrap}>
      <Table className={classes.table} verticalSpacing={8} aria-label={caption} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {selection ? (
              <Table.Th w={40}>
                <SelectPage rows={rows} rowId={rowId} selection={selection} />
              </Table.Th>
            ) : null}
            {columns.map(({ name, isNumber, isAtEnd, isNarrow }) => (
              <Table.Th
                key={name}
                className={`${classes.head} ${isNumber || isAtEnd ? classes.end : ''} ${isNarrow ? classes.narrow : ''}`}
              >
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <SelectionContext value={selection}>
          <Body {...drawn} />
        </SelectionContext>
      </Table>
    </div>
  );
}

type BodyProps<Row> = Pick<Props<Row>, 'rows' | 'columns' | 'rowId'> & { isSelectable: boolean };

const Body = memo(function Body<Row>(props: BodyProps<Row>) {
  const { rows, columns, rowId, isSelectable } = props;
  return (
    <Table.Tbody>
      {rows.map((row) => (
        <Cells
          key={rowId(row)}
          row={row}
          columns={columns}
          id={isSelectable ? rowId(row) : undefined}
        />
      ))}
    </Table.Tbody>
  );
}) as <Row>(props: BodyProps<Row>) => ReactElement;

type CellsProps<Row> = {
  row: Row;
  columns: Column<Row>[];
  /** By which it is selected, where it can be. */
  id: Id | undefined;
};

/** One row. Its cells are plain elements: a page has hundreds, and Mantine's take many times as long to be drawn. */
function Cells<Row>({ row, columns, id }: CellsProps<Row>) {
  return (
    <tr className={classes.row}>
      {id === undefined ? null : (
        <td data-name="">
          <SelectRow id={id} />
        </td>
      )}
      {columns.map(({ name, show, isNumber, isNarrow }) => (
        <td
          key={name}
          data-name={name}
          className={isNumber ? classes.end : isNarrow ? classes.narrow : classes.cell}
        >
          {show(row)}
        </td>
      ))}
    </tr>
  );
}

/** A box that is ticked shows it at once, without the rows being drawn again. */
const SelectionContext = createContext<Selection | undefined>(undefined);

function SelectRow({ id }: { id: Id }) {
  const { t } = useTranslation();
  const selection = use(SelectionContext);
  if (!selection) return null;

  return (
    <Checkbox
      aria-label={t('shared.selectRow', { id })}
      checked={selection.ids.has(id)}
      onChange={() => selection.set(toggled(selection.ids, id))}
    />
  );
}

type SelectPageProps<Row> = {
  rows: Row[];
  rowId: (row: Row) => Id;
  selection: Selection;
};

function SelectPage<Row>({ rows, rowId, selection }: SelectPageProps<Row>) {
  const { t } = useTranslation();
  const chosen = rows.filter((row) => selection.ids.has(rowId(row))).length;

  return (
    <Checkbox
      aria-label={t('shared.selectAll')}
      checked={rows.length > 0 && chosen === rows.length}
      indeterminate={chosen > 0 && chosen < rows.length}
      onChange={() => selection.set(chosen === rows.length ? new Set() : new Set(rows.map(rowId)))}
    />
  );
}

function toggled(ids: ReadonlySet<Id>, id: Id): Set<Id> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}
