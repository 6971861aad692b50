import { Checkbox, Table } from '@mantine/core';
import type { ReactNode } from 'react';
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
  const { t } = useTranslation();

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
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowId(row)}>
              {selection ? (
                <Table.Td data-name="">
                  <Checkbox
                    aria-label={t('shared.selectRow', { id: rowId(row) })}
                    checked={selection.ids.has(rowId(row))}
                    onChange={() => selection.set(toggled(selection.ids, rowId(row)))}
                  />
                </Table.Td>
              ) : null}
              {columns.map(({ name, show, isNumber, isNarrow }) => (
                <Table.Td
                  key={name}
                  data-name={name}
                  className={isNumber ? classes.end : isNarrow ? classes.narrow : classes.cell}
                >
                  {show(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
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
