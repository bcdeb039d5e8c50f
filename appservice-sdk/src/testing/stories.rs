//! What a bridge lives through, told end to end over real sockets.

mod appservice;
mod cost;
mod crash;
mod echo;
mod faces;
mod from_matrix;
mod from_network;
mod governing;
mod homeserver_faults;
mod linking;
mod pins;
mod polls;
mod portals;
mod retry;
mod rooms;
mod storm;
mod two_bridges;
