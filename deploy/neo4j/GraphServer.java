import java.nio.file.Path;
import java.time.Duration;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/**
 * Neo4j Community on this machine only, without its distribution: for development and tests.
 *
 * <p>Arguments: data folder, port, page cache in MiB. Prints one line when it answers; SIGTERM
 * shuts it down cleanly. Ends with status 2 where an argument is wrong, 1 where it cannot start.
 */
public final class GraphServer {
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(1);
    private static final Duration LAST_TRANSACTIONS = Duration.ofSeconds(1);

    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length != 3) {
            System.err.println("usage: GraphServer DATA_FOLDER PORT PAGE_CACHE_MIB");
            System.exit(2);
        }
        int port = number(arguments[1], 65535);
        long pageCache = number(arguments[2], 1 << 20) * 1024L * 1024L;
        DatabaseManagementService service = null;
        try {
            service = started(Path.of(arguments[0]), port, pageCache);
        } catch (RuntimeException error) {
            Throwable reason = error;
            while (reason.getCause() != null) {
                reason = reason.getCause();
            }
            System.err.println("Neo4j does not start: " + reason.getMessage());
            // Some of its threads may run by now and would keep the process.
            Runtime.getRuntime().halt(1);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(service::shutdown));
        System.out.println("Neo4j answers: NEO4J_URL=bolt://127.0.0.1:" + port);
        Thread.currentThread().join();
    }

    private static DatabaseManagementService started(Path data, int port, long pageCache) {
        return new DatabaseManagementServiceBuilder(data)
                .setConfig(BoltConnector.enabled, true)
                .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", port))
                // Drivers take a server for gone that has been silent for this long twice; by
                // default a page would hang for two minutes on one that is frozen.
                .setConfig(BoltConnector.connection_keep_alive, KEEP_ALIVE)
                .setConfig(BoltConnector.connection_keep_alive_probes, 2)
                .setConfig(GraphDatabaseSettings.pagecache_memory, pageCache)
                .setConfig(
                        GraphDatabaseSettings.shutdown_transaction_end_timeout, LAST_TRANSACTIONS)
                // Nothing is told to anybody.
                .setConfig(GraphDatabaseSettings.udc_enabled, false)
                .build();
    }

    private static int number(String told, int largest) {
        try {
            int number = Integer.parseInt(told);
            if (number >= 1 && number <= largest) {
                return number;
            }
        } catch (NumberFormatException error) {
            // Told below, like a number that is out of range.
        }
        System.err.println(told + " is not a number from 1 to " + largest);
        System.exit(2);
        return 0;
    }
}
