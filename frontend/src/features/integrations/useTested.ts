import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { geniacsService } from '../../services/geniacsService';
import { stored } from '../../shared/stored';

const KEY = 'geniacs.tested';
const testedKey = ['tested-connections'];

/** Tests a connection, and remembers in this browser that it worked: the first steps tick it off. */
export function useConnectionTest() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => geniacsService.testConnection(id),
    onSuccess: ({ data }, id) => {
      if (data?.connection_test?.status !== 'success') return;
      stored.write(KEY, [...testedIds(), id].join(','));
      queries.setQueryData(testedKey, testedIds());
    },
  });
}

/** Integrations whose connection worked when it was tested here. */
export function useTested(): number[] {
  return useQuery({ queryKey: testedKey, queryFn: testedIds }).data ?? [];
}

function testedIds(): number[] {
  return (stored.read(KEY) ?? '').split(',').filter(Boolean).map(Number);
}
