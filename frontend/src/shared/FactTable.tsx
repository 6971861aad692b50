import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** Names and values, one below the other. */
export function FactTable({ children }: { children: ReactNode }) {
  return (
    <Table variant="vertical" withTableBorder layout="fixed">
      <Table.Tbody>{children}</Table.Tbody>
    </Table>
  );
}

/** One of them; nothing where there is no value. */
export function FactRow({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null;
  return (
    <Table.Tr>
      <Table.Th w="min(14rem, 40%)">{name}</Table.Th>
      <Table.Td className="figures" style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Table.Td>
    </Table.Tr>
  );
}
