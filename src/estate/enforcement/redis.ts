/**
 * The ACL user that makes and ends users of grants. Redis cannot narrow ACL SETUSER by name (facts: access-audit.md §4.3): whoever
 * holds this user can make any other, so its password belongs to the agent alone.
 */
export const redisMinter = `# With redis-cli as an administrator, on every node; ACL SAVE afterwards where aclfile is set.
ACL SETUSER till_minter reset on >CHANGE-THIS -@all +acl|setuser +acl|deluser +acl|users +acl|whoami +info +ping +client|setname
`;
