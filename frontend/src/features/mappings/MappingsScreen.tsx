export function MappingsScreen() {
  return null;
}
