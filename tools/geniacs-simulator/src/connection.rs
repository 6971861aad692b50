//! The TCP connection under a request, for dropping it.

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use std::any::Any;
use std::net::{self, Shutdown};
use std::os::fd::AsFd;

/// A second handle of the connection's socket.
struct Connection(net::TcpStream);

/// Keeps a handle of every new connection.
pub(crate) fn keep_handle(stream: &dyn Any, extensions: &mut Extensions) {
    if let Some(stream) = stream.downcast_ref::<TcpStream>()
        && let Ok(handle) = stream.as_fd().try_clone_to_owned()
    {
        extensions.insert(Connection(net::TcpStream::from(handle)));
    }
}

/// Drops the connection of a request at once, whatever is still to be sent.
pub(crate) fn drop_now(request: &HttpRequest) {
    if let Some(Connection(stream)) = request.conn_data::<Connection>() {
        // An error means that the other side was quicker.
        let _ = stream.shutdown(Shutdown::Both);
    }
}
