package sqlite

import "database/sql"

// WriterConn is the connection that the writer holds now. It may be used while nothing is written.
func (db *DB) WriterConn() *sql.Conn { return db.writer.conn }
