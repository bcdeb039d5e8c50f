//! What a bridge lives through, told end to end over real sockets.

mod appservice;
mod cost;
mod crash;
mod echo;
mod from_matrix;
mod from_network;
mod homeserver_faults;
mod pins;
mod polls;
mod portals;
mod rooms;
mod storm;
